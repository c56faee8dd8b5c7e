export { type AttachedInspector, type AttachOptions, startInspector } from './inspector/attach.ts'
export { type StatelyActor, type StatelyInspector, type StatelySnapshot, statelyBridge } from './inspector/stately.ts'
