import { useState } from 'react';
import { tab } from '../../lib/storage';

/** What a person typed so far; the password is not kept. */
export type Draft = {
  step: 'contact' | 'code' | 'password' | 'ready';
  contact: string;
  name: string;
  accepts: boolean;
  registration?: { id: string; resendAt: string };
};

const NAME = 'sign-up';
const FIRST: Draft = { step: 'contact', contact: '', name: '', accepts: false };

export function useDraft() {
  const [draft, setDraft] = useState<Draft>(() => tab.read<Draft>(NAME) ?? FIRST);
  const change = (part: Partial<Draft>) =>
    setDraft((before) => {
      const after = { ...before, ...part };
      tab.keep(NAME, after);
      return after;
    });
  return [draft, change] as const;
}

export const forgetDraft = () => tab.forget(NAME);
