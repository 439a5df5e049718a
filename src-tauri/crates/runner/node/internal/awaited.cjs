// Who waits for a promise. Node's engine finds the function that awaits what was rejected and adds it to the error's stack; ours
// does not, so the place of the call is kept when it is made.
'use strict';

/** Whether a line of a stack is of the script: not of a package, nor of a built-in function. */
const isScripts = (line) => line.startsWith('    at ') && !/\(?node:|<anonymous>\)$/.test(line);

/** For a call of the function `above`: what gives an error its stack when the call's promise is rejected with it. */
module.exports = (above) => {
  const place = host.place(above);
  return function tell(error) {
    Error.captureStackTrace(error);
    const line = place().split('\n').find(isScripts);
    if (line !== undefined) error.stack += line.replace('    at ', '\n    at async ');
  };
};
