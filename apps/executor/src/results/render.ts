import { renderResults, type ResultsFacts } from '@lockstep/plan';

/** The results document of a run: always made from facts, so that it cannot claim what didn't happen. */
export const renderRunResults = (facts: ResultsFacts): string => renderResults(facts);
