import './states.css';
import { Button } from 'antd-mobile';
import { ExclamationCircleOutline } from 'antd-mobile-icons';
import type { ReactNode } from 'react';

/** A place where nothing is yet, and what to do about it. */
export function Empty(props: { icon?: ReactNode; title: string; children?: ReactNode }) {
  return (
    <div className="t-state">
      {props.icon && <span className="t-state__icon">{props.icon}</span>}
      <p className="t-state__title">{props.title}</p>
      {props.children}
    </div>
  );
}

/** Something could not be loaded; says why and offers another try. */
export function Failed(props: { title: string; retryLabel: string; onRetry: () => void }) {
  return (
    <div className="t-state" role="alert">
      <span className="t-state__icon">
        <ExclamationCircleOutline />
      </span>
      <p className="t-state__title">{props.title}</p>
      <Button color="primary" fill="outline" onClick={props.onRetry}>
        {props.retryLabel}
      </Button>
    </div>
  );
}

/** Holds the place of what is on its way, so that nothing jumps when it comes. */
export function Bones(props: { label: string; lines?: number }) {
  return (
    <div className="t-bones" role="status">
      <span className="t-hidden">{props.label}</span>
      {Array.from({ length: props.lines ?? 3 }, (_, line) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the lines are all the same
        <div key={line} className="t-bones__line" aria-hidden="true" />
      ))}
    </div>
  );
}

export function ListEnd(props: { label: string }) {
  return <p className="t-end">{props.label}</p>;
}
