export { type McpSdk, registerTools } from './agent/mcp/register.ts'
export { type McpServing, serveMcp } from './agent/mcp/serve.ts'
