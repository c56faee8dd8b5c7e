import { Argument, type Command } from 'commander'

const SHELLS = ['zsh', 'bash', 'fish', 'powershell']

/**
 * `completion <shell>`, and the hidden `complete` that its scripts call at each TAB. What they complete is read off
 * `program`, so that it comes last; the code for it is loaded only where one of the two is called.
 *
 * @param called - the first word of the command line.
 */
export async function addCompletion(program: Command, called: string | undefined): Promise<void> {
  if (called === 'completion' || called === 'complete') {
    const { default: complete } = await import('@bomb.sh/tab/commander')
    complete(program, { completionCommandName: 'completion' })
    return
  }
  // Only for the list of commands.
  program
    .command('completion')
    .description('print a script that completes commands and options in a shell')
    .addArgument(new Argument('<shell>').choices(SHELLS))
}
