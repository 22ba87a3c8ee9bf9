import './Row.css';
import { RightOutline } from 'antd-mobile-icons';
import type { ReactNode } from 'react';

type Props = {
  icon?: ReactNode;
  title: ReactNode;
  text?: ReactNode;
  end?: ReactNode;
  isLink?: boolean;
};

/** What stands in a row of a list; the caller makes it a link, a button or a plain line. */
export function RowContent({ icon, title, text, end, isLink = false }: Props) {
  return (
    <>
      {icon && (
        <span className="t-row__icon" aria-hidden="true">
          {icon}
        </span>
      )}
      <span className="t-row__main">
        <span className="t-row__title">{title}</span>
        {text && <span className="t-row__text">{text}</span>}
      </span>
      {end && <span className="t-row__end">{end}</span>}
      {isLink && <RightOutline className="t-row__arrow" aria-hidden="true" />}
    </>
  );
}

/** A term and what it is, one under another. */
export function Facts(props: {
  facts: (readonly [string, ReactNode] | null | undefined | false)[];
}) {
  return (
    <dl className="t-facts">
      {props.facts.map(
        (fact) =>
          fact && (
            <div key={fact[0]} className="t-fact">
              <dt>{fact[0]}</dt>
              <dd>{fact[1]}</dd>
            </div>
          ),
      )}
    </dl>
  );
}
