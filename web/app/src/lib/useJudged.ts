import { useQuery } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { isRule, type Rule } from './PasswordRules';
import { passwordPolicyQuery } from './safety-queries';
import { useDebounced } from './useDebounced';

export type Judgement = { score: number; failed: string[]; passed: string[] };

const NOTHING: Judgement = { score: 0, failed: [], passed: [] };
/** Shown when the server's own list has not come: it is the same for everybody at first. */
const USUAL: Rule[] = ['length', 'letter', 'digit', 'symbol'];

/**
 * What the server says about a password while it is typed; never kept anywhere. Without its word
 * nothing is judged here, and it judges when the password is set.
 */
export function useJudged(
  password: string,
  judge: (password: string) => Promise<Judgement>,
  /** On its way to be set, a password is judged there and asked about no more. */
  isSent = false,
) {
  const policy = useQuery(passwordPolicyQuery);
  const rested = useDebounced(password);
  const [judgement, setJudgement] = useState<{ of: string; says: Judgement } | null>(null);
  const asking = useRef(judge);
  asking.current = judge;
  useEffect(() => {
    if (rested === '' || isSent) return;
    let isOld = false;
    asking
      .current(rested)
      .then((says) => !isOld && setJudgement({ of: rested, says }))
      .catch(() => undefined);
    return () => {
      isOld = true;
    };
  }, [rested, isSent]);
  const isJudged = judgement !== null && judgement.of === password && password !== '';
  const says = isJudged ? judgement.says : NOTHING;
  const known = policy.data?.rules.map(({ code }) => code).filter(isRule) ?? USUAL;
  // What can only be broken is shown once it is.
  const rules = known.filter((rule) => USUAL.includes(rule) || says.failed.includes(rule));
  return { rules, ...says, isGood: isJudged && says.failed.length === 0 };
}
