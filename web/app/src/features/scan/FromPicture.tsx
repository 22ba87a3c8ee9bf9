import './scan.css';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { FormError } from '../../lib/FormError';
import { codeIn, newDetector } from './detector';

/** A code from a picture of this device. */
export function FromPicture({ onText }: { onText: (text: string) => void }) {
  const { t } = useTranslation();
  const [state, setState] = useState<'ready' | 'reading' | 'empty'>('ready');
  const read = async (file: File) => {
    setState('reading');
    const found = await Promise.all([newDetector(), createImageBitmap(file)])
      .then(([detector, image]) => codeIn(detector, image))
      .catch(() => null);
    if (found === null) return setState('empty');
    setState('ready');
    onText(found);
  };
  return (
    <>
      <label className="scan__picture">
        <input
          type="file"
          accept="image/*"
          className="t-hidden"
          onChange={(event) => {
            const file = event.target.files?.[0];
            if (file) void read(file);
            event.target.value = '';
          }}
        />
        {t(state === 'reading' ? 'common.loading' : 'scan.picture')}
      </label>
      <FormError text={state === 'empty' ? t('scan.empty') : null} />
    </>
  );
}
