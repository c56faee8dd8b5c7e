export { registerTools } from './agent/mcp/register.ts'
export type { McpSdk, McpServer } from './agent/mcp/sdk.ts'
export { type McpServing, serveMcp } from './agent/mcp/serve.ts'
