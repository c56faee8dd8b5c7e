import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { SinkUnusableError, SinkWriteError } from '../../errors/sink.ts'
import type { KeySink } from '../../ports/key-sink.ts'
import { childEnv, type Environment } from '../child-env.ts'

interface ExecOptions {
  command: string
  cwd: string
  env: Environment
  /** Milliseconds. Default 60,000. */
  timeoutMs?: number
}

/** After the command has ended, a child process may keep its stderr open. We wait no longer than this. */
const STDERR_GRACE_MS = 200
const MAX_CAPTURED = 64 * 1024
const MAX_EXCERPT = 300

/** The command's first word, after assignments. Only if the shell takes it literally: no quotes, `$`, `(` or `~`. */
const FIRST_WORD = /^\s*(?:\w+=[^\s'"]*\s+)*([\w./+-]+)(?=\s|$|[;|&<>])/
/** Whether a shell would find `$1`; `command -v` also says yes to a file that is not executable. */
const FIND_WORD = 'command -v "$1" && case $1 in */*) test -x "$1";; esac'

/**
 * `exec:CMD`: a shell command that takes the key on stdin, without a newline, e.g. `gh secret set VENICE_API_KEY`. The
 * key's label is in VENICE_ONBOARD_KEY_LABEL; the wallet's secrets are not in the environment. Exit status 0 counts as
 * "stored", because only the command can know.
 */
export function execSink({ command, cwd, env, timeoutMs = 60_000 }: ExecOptions): KeySink {
  const name = `exec:${command}`
  return {
    name,
    probe: async () => {
      if (command.trim() === '') throw new SinkUnusableError({ sink: name, reason: 'it names no command' })
      const word = FIRST_WORD.exec(command)?.[1]
      if (process.platform !== 'win32' && word !== undefined && !(await shellFinds(word, cwd, env))) {
        throw new SinkUnusableError({ sink: name, reason: `the shell finds no command "${word}"` })
      }
      return { fingerprint: null, warnings: [] }
    },
    store: async ({ apiKey }, label) => {
      const child = spawn(command, {
        shell: true,
        cwd,
        env: { ...childEnv(env), VENICE_ONBOARD_KEY_LABEL: label },
        stdio: ['pipe', 'ignore', 'pipe'],
      })
      const { reason, stderr } = await feed(child, apiKey, timeoutMs)
      if (reason === null) return
      const excerpt = stderr
        .replaceAll(apiKey, '[key]')
        .replace(/\p{Cc}+/gu, ' ')
        .trim()
        .slice(0, MAX_EXCERPT)
      throw new SinkWriteError({ sink: name, reason: excerpt === '' ? reason : `${reason}: ${excerpt}` })
    },
  }
}

/** Writes `input` and waits for the end. `reason` is null if the command read all of it and reported success. */
function feed(
  child: ChildProcess,
  input: string,
  timeoutMs: number,
): Promise<{ reason: string | null; stderr: string }> {
  return new Promise((resolve) => {
    let stderr = ''
    let reason: string | null = null
    let unread = false
    const timer = setTimeout(() => {
      reason = `the command did not end within ${timeoutMs / 1000} s`
      child.kill('SIGKILL')
    }, timeoutMs)
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      if (stderr.length < MAX_CAPTURED) stderr += text
    })
    child.stdin?.on('error', () => {
      unread = true
    })
    child.stdin?.end(input)
    child.on('error', (error) => {
      reason ??= `the shell did not start (${error.message})`
    })
    child.on('exit', (code, signal) => {
      if (code !== 0) reason ??= signal === null ? `the command exited with ${code}` : `the command died of ${signal}`
      setTimeout(() => child.stderr?.destroy(), STDERR_GRACE_MS).unref()
    })
    child.on('close', () => {
      clearTimeout(timer)
      if (unread) reason ??= 'the command closed its input before it received the key'
      resolve({ reason, stderr })
    })
  })
}

function shellFinds(word: string, cwd: string, env: Environment): Promise<boolean> {
  return new Promise((resolve) => {
    execFile('/bin/sh', ['-c', FIND_WORD, 'sh', word], { cwd, env: childEnv(env) }, (error) => resolve(error === null))
  })
}
