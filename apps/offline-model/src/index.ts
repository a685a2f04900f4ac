export { startOfflineModel, type OfflineModel, type OfflineModelOptions } from './server/start';
export { type Mode } from './server/model';
export { type RecordedMessage, type RecordedRequest } from './server/request-log';
export { type Script, type ScriptInput } from './script/schema';
export { readScript, readScriptFile } from './script/read';
