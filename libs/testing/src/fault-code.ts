import { isFault } from '@lockstep/contracts';

/** The code of the fault that the work ends with; else the error as text, or `no fault`. */
export const faultCode = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'no fault',
    (error: unknown) => (isFault(error) ? error.code : String(error)),
  );
