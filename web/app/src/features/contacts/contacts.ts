import { meQuery, queries } from '../../lib/queries';
import { contactsQuery } from '../../lib/safety-queries';

export type OwnContact = {
  id: string;
  kind: string;
  masked: string;
  is_designated: boolean;
  state: string;
  effective_at?: string | null;
  agreed_by?: string | null;
};

export async function refreshContacts() {
  await queries.invalidateQueries({ queryKey: contactsQuery.queryKey });
  await queries.invalidateQueries({ queryKey: meQuery.queryKey });
}
