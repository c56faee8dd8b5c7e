import { type ErrorOptions, OnboardingError } from './base.ts'

/** The optional package that speaks MCP is not installed. */
export class McpPackageMissingError extends OnboardingError {
  override readonly name = 'McpPackageMissingError'
  readonly code = 'mcp/package-missing'
  readonly recovery = 'fixInput'
  readonly exit = 'config'
  readonly hint = 'Install it next to this program: npm install @modelcontextprotocol/server@2'

  constructor(options: ErrorOptions = {}) {
    super('MCP needs the package @modelcontextprotocol/server, which is not installed.', options)
  }
}
