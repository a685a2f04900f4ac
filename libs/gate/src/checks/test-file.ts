const testFile =
  /(?:^|\/)(?:__tests__|tests?|specs?|e2e)\/.*\.\w+$|(?:^|\/)(?:test_[^/]*|[^/]*_test)\.\w+$|[._-](?:test|spec|cy)\.\w+$/;
const notTests = /\.(?:md|txt|json|ya?ml|snap|csv|lock|toml|ini|cfg)$|(?:^|\/)(?:__init__|conftest)\.py$/;

/** Whether a path looks like a file of tests, in the ways that the usual runners look for them. */
export const isTestFile = (path: string): boolean => testFile.test(path) && !notTests.test(path);

/** Whether a path looks like a document for people. */
export const isDocumentFile = (path: string): boolean => /\.(?:md|mdx|rst|adoc|txt)$/i.test(path);
