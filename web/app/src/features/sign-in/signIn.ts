import { postV1Sessions } from '@tael/api/generated/sdk.gen';
import { ask } from '../../lib/api';

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
