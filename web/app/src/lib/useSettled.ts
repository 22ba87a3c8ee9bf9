import { useEffect, useRef, useState } from 'react';
import { forgetIntent, type Outcome, pauseBefore } from './intent';

/**
 * What is known of an intention that was sent: keeps asking, more and more slowly, as long as
 * nobody knows. `ask` must be safe to repeat; `settles` says whether its answer is the last word.
 */
export function useSettled<Done>(
  initial: Outcome<Done> | null,
  ask: () => Promise<Outcome<Done>>,
  settles: (outcome: Outcome<Done>) => boolean = (outcome) => outcome.state !== 'unknown',
): Outcome<Done> {
  const [outcome, setOutcome] = useState<Outcome<Done>>(initial ?? { state: 'unknown' });
  const asking = useRef({ ask, settles });
  asking.current = { ask, settles };
  const isKnown = settles(outcome);
  useEffect(() => {
    if (isKnown) return;
    let isLeft = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const look = async (count: number) => {
      const found = await asking.current.ask();
      if (isLeft) return;
      if (asking.current.settles(found)) setOutcome(found);
      else timer = setTimeout(() => void look(count + 1), pauseBefore(count));
    };
    timer = setTimeout(() => void look(0), initial === null ? 0 : pauseBefore(0));
    return () => {
      isLeft = true;
      clearTimeout(timer);
    };
  }, [isKnown, initial]);
  return outcome;
}

/** Lets go of an intention whose end is known, when its screen is left; a reload keeps it. */
export function useForgetWhenLeft(kind: string, isSettled: boolean) {
  const settled = useRef(isSettled);
  settled.current = isSettled;
  useEffect(
    () => () => {
      if (settled.current) forgetIntent(kind);
    },
    [kind],
  );
}
