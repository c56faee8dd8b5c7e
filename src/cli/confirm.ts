/** Asks on stderr. True only for a yes; Enter alone is a no. The prompt is loaded when it is needed. */
export async function isConfirmed(message: string): Promise<boolean> {
  const { confirm } = await import('@clack/prompts')
  return (await confirm({ message, initialValue: false, output: process.stderr })) === true
}
