import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { copy } from './clipboard';

type Props = {
  text: string;
  label: string;
  /** What stands on the button, if not just "copy". */
  shownLabel?: string;
  /** A secret does not stay on the clipboard. */
  kind?: 'plain' | 'secret';
};

/** Puts a text on the clipboard. */
export function CopyButton({ text, label, shownLabel, kind = 'plain' }: Props) {
  const { t } = useTranslation();
  const [isCopied, setCopied] = useState(false);
  const done = t(kind === 'secret' ? 'common.copied_secret' : 'common.copied');
  return (
    <button
      type="button"
      className="t-plain"
      aria-label={shownLabel ? undefined : `${t('common.copy')}: ${label}`}
      onClick={() => void copy(text, kind).then(() => setCopied(true))}
    >
      <span aria-live="polite">{isCopied ? done : (shownLabel ?? t('common.copy'))}</span>
    </button>
  );
}
