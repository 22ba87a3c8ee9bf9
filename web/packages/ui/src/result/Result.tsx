import './Result.css';
import { CheckCircleFill, ClockCircleFill, CloseCircleFill } from 'antd-mobile-icons';
import { type ReactNode, useEffect, useRef } from 'react';

export type ResultState = 'done' | 'waiting' | 'failed';

const ICONS = { done: CheckCircleFill, waiting: ClockCircleFill, failed: CloseCircleFill };

type Props = {
  state: ResultState;
  title: string;
  /** 2 where the result stands inside a screen that has a title of its own. */
  level?: 1 | 2;
  text?: ReactNode;
  sum?: ReactNode;
  children?: ReactNode;
  actions?: ReactNode;
};

/** What became of it, in the order that a reader needs: status, sum, words, what to do next. */
export function Result({ state, title, level = 1, text, sum, children, actions }: Props) {
  const Icon = ICONS[state];
  const Heading = `h${level}` as const;
  const heading = useRef<HTMLHeadingElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new state is announced anew
  useEffect(() => heading.current?.focus(), [state]);
  return (
    <section className={`t-result t-result--${state}`}>
      <span className="t-result__icon" aria-hidden="true">
        <Icon />
      </span>
      <Heading ref={heading} tabIndex={-1} className="t-result__title">
        {title}
      </Heading>
      {sum && <div className="t-result__sum">{sum}</div>}
      {text && <div className="t-result__text">{text}</div>}
      {children}
      {actions && <div className="t-result__actions">{actions}</div>}
    </section>
  );
}
