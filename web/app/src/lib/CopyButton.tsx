import { useState } from 'react';
import { useTranslation } from 'react-i18next';

/** Puts a text on the clipboard. */
export function CopyButton({ text, label }: { text: string; label: string }) {
  const { t } = useTranslation();
  const [isCopied, setCopied] = useState(false);
  const copy = async () => {
    await navigator.clipboard.writeText(text);
    setCopied(true);
  };
  return (
    <button
      type="button"
      className="t-plain"
      aria-label={`${t('common.copy')}: ${label}`}
      onClick={() => void copy()}
    >
      <span aria-live="polite">{isCopied ? t('common.copied') : t('common.copy')}</span>
    </button>
  );
}
