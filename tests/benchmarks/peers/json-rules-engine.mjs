// json-rules-engine: an answer is the rules that fire. It has no third truth value to tell of.
import { Engine } from 'json-rules-engine';

export function prepare({ conditions, rules }) {
  const engine = new Engine([], { allowUndefinedFacts: true });
  engine.addOperator('known', (value, wanted) => (value !== undefined) === wanted);
  for (const [name, condition] of Object.entries(conditions)) engine.setCondition(name, condition);
  for (const rule of rules) engine.addRule(rule);
  return async (facts) => {
    const { events } = await engine.run(facts);
    return { fired: events.map((event) => event.type) };
  };
}
