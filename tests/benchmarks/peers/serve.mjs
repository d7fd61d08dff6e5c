// Serves one engine to the benchmark, which writes lines and reads one for each. The first is JSON: the rules,
// facts to answer for, and how many of these to measure. Each further line is a number of passes to run over
// the measured ones, one evaluation after another; what comes back is the seconds of one pass.
import { createInterface } from 'node:readline';

const { prepare } = await import(`./${process.argv[2]}.mjs`);
let evaluate;
let measured;

for await (const line of createInterface({ input: process.stdin })) {
  if (evaluate === undefined) {
    const { rules, facts, first } = JSON.parse(line);
    evaluate = prepare(rules);
    measured = facts.slice(0, first);
    const answers = [];
    for (const known of facts) answers.push(await evaluate(known));
    console.log(JSON.stringify(answers));
  } else {
    const passes = Number(line);
    const started = process.hrtime.bigint();
    for (let pass = 0; pass < passes; pass++) {
      for (const known of measured) await evaluate(known);
    }
    console.log(Number(process.hrtime.bigint() - started) / 1e9 / passes);
  }
}
