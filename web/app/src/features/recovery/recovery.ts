import { useState } from 'react';
import { tab } from '../../lib/storage';

/** How far somebody has come; no secret: that one is a cookie that no script can read. */
export type Draft = {
  step: 'who' | 'code' | 'more' | 'choose' | 'review' | 'reviewed' | 'done';
  identifier: string;
  id?: string;
  resendAt?: string;
  methods?: string[];
  holdUntil?: string;
};

const NAME = 'recovery';
const FIRST: Draft = { step: 'who', identifier: '' };

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

export type StepProps = { draft: Draft; change: (part: Partial<Draft>) => void };
