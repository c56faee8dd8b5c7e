import { excerpt, type Redactor } from '../domain/redact.ts'
import { ApprovalNeededError } from '../errors/policy.ts'
import { type KeysOptions, listKeys, revokeKey } from '../hosts/file/keys.ts'
import { runAnswer } from './answers.ts'
import * as schemas from './schemas.ts'
import type { Session } from './session.ts'
import { defineTool, type Tool } from './tool.ts'

const LIST = 'venice_keys_list'

/** List, rotate and revoke. What deletes a key wants `confirm`, so that a model says that a person has agreed. */
export function keyTools(session: Session, redactor: Pick<Redactor, 'scrub'>): Tool[] {
  return [
    defineTool(
      {
        name: LIST,
        title: 'List the keys of the account',
        description:
          'The active API keys of the account at Venice, those of this run marked. Never the keys themselves. Needs an ADMIN key: a stored one, or withAdminKey.',
        annotations: { readOnly: false, destructive: false, idempotent: true },
        input: schemas.keysListInput,
        output: schemas.keysListOutput,
        run: async ({ withAdminKey }) => {
          const { keys, adminKey } = await listKeys(await keysOptions(session, withAdminKey))
          return { data: { usedKey: adminKey, keys: keys.map((key) => ({ ...key })) } }
        },
      },
      redactor,
    ),
    defineTool(
      {
        name: 'venice_keys_rotate',
        title: 'Replace the key',
        description:
          'Mints a new key, stores it in the place of the present one, proves it, and only then revokes the present one. Returns at once; see venice_status.',
        annotations: { readOnly: false, destructive: true, idempotent: false },
        input: schemas.keysRotateInput,
        output: schemas.runOutput,
        ask: async (args) => ({
          id: 'rotate',
          message: 'Mint a new key in the place of the present one, and revoke the present one once it is proven?',
          args: { ...args, confirm: true },
        }),
        run: async ({ withAdminKey, prove, confirm }) => {
          requireConfirmed(confirm, 'The replacement of the key')
          const { ports } = await session.wallet()
          const adminSigner = withAdminKey ? ports.signer : null
          return runAnswer(await session.rotate({ adminSigner, mustProve: prove === true }))
        },
      },
      redactor,
    ),
    defineTool(
      {
        name: 'venice_keys_revoke',
        title: 'Revoke a key',
        description: 'Deletes one key of the account at Venice, at once and for good.',
        annotations: { readOnly: false, destructive: true, idempotent: true },
        input: schemas.keysRevokeInput,
        output: schemas.keysRevokeOutput,
        mendedBy: { 'keys/ambiguous': LIST, 'keys/not-listed': LIST },
        ask: async (args) => ({
          id: 'revoke',
          message: `Delete the key "${excerpt(args.key)}" at Venice for good?`,
          args: { ...args, confirm: true },
        }),
        run: async ({ key: name, withAdminKey, force, confirm }) => {
          requireConfirmed(confirm, 'The deletion of a key')
          const options = await keysOptions(session, withAdminKey)
          const { status, key } = await revokeKey({
            ...options,
            name,
            isForced: force === true,
            confirm: async () => true,
          })
          return { data: { status, key } }
        },
      },
      redactor,
    ),
  ]
}

function requireConfirmed(confirm: boolean | undefined, what: string): void {
  if (confirm !== true) throw new ApprovalNeededError(what, 'Ask the person, and call it again with confirm: true.')
}

async function keysOptions(session: Session, withAdminKey: boolean | undefined): Promise<KeysOptions> {
  const { ports, redactor, stateDir, chainId } = await session.wallet()
  const { venice, signer, sink, fallbackSinks = [], clock } = ports
  const { address } = signer
  return {
    venice,
    signer: withAdminKey ? signer : null,
    sink,
    fallbackSinks,
    clock,
    redactor,
    stateDir,
    chainId,
    address,
  }
}
