/** Asks on stderr. True only for a yes; Enter alone is a no, and so is the abort of `signal`. The prompt is loaded when it is needed. */
export async function isConfirmed(message: string, signal?: AbortSignal): Promise<boolean> {
  const { confirm } = await import('@clack/prompts')
  return (await confirm({ message, initialValue: false, output: process.stderr, ...(signal && { signal }) })) === true
}
