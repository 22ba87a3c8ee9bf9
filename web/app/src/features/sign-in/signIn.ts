import {
  postV1Sessions,
  postV1SessionsPasskey,
  postV1SessionsPasskeyOptions,
} from '@tael/api/generated/sdk.gen';
import { ask } from '../../lib/api';
import { signWith } from '../../lib/proof/passkey';

/** What a password alone does not open. */
export type Ticket = { ticket: string; methods: string[] };

const ticketOf = (answer: unknown): Ticket | null => {
  const { ticket, methods } = answer as Partial<Ticket>;
  return typeof ticket === 'string' ? { ticket, methods: methods ?? [] } : null;
};

/** Signs in; null if that was all, else what is wanted next. */
export async function signIn(identifier: string, password: string): Promise<Ticket | null> {
  return ticketOf(await ask(postV1Sessions({ body: { identifier, password } })));
}

/** Signs in with whichever passkey of this device belongs here; no name is typed. */
export async function signInByPasskey() {
  const { ticket, public_key } = await ask(postV1SessionsPasskeyOptions());
  const credential = await signWith(public_key);
  await ask(postV1SessionsPasskey({ body: { ticket, credential } }));
}
