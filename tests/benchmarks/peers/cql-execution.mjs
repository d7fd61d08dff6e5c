// cql-execution: an answer is the rules that come to true and those that come to null. There is one patient,
// about whom the parameters say everything.
import cql from 'cql-execution';

export function prepare({ elm, names }) {
  const library = new cql.Library(elm);
  const now = cql.DateTime.fromJSDate(new Date());
  return async (facts) => {
    const executor = new cql.Executor(library, null, facts);
    const { patientResults } = await executor.exec(new OnePatient(), now);
    const found = patientResults.patient;
    return {
      fired: names.filter((name) => found[name] === true),
      unknown: names.filter((name) => found[name] === null),
    };
  };
}

class OnePatient {
  patients = [{ getId: () => 'patient', findRecords: () => [] }];

  currentPatient() {
    return this.patients[0];
  }

  nextPatient() {
    this.patients.shift();
    return this.currentPatient();
  }
}
