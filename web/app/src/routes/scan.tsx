import '../lib/payform.css';
import { Link, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Camera } from '../features/scan/Camera';
import { FromPicture } from '../features/scan/FromPicture';
import { FormError } from '../lib/FormError';
import { Page } from '../lib/Page';
import { readCode } from '../lib/paylink';

/** 扫一扫: a code of somebody to pay, or of another device to confirm. */
export function Scan() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const [error, setError] = useState<string | null>(null);
  const [round, setRound] = useState(0);
  const take = (text: string) => {
    const code = readCode(text, window.location.origin);
    if (code.kind === 'pay') return void navigate({ to: '/transfer', search: code.link });
    if (code.kind === 'confirm') return void navigate({ to: '/q', hash: code.nonce });
    setError(code.kind === 'foreign' ? t('scan.foreign', { host: code.host }) : t('scan.unknown'));
    // The camera has stopped at what it saw; look again.
    setRound((before) => before + 1);
  };
  return (
    <Page title={t('home.scan')} back="/">
      <Camera key={round} onText={take} />
      <FormError text={error} />
      <section className="t-card scan__ways">
        <FromPicture onText={take} />
        <Link to="/transfer" search={{}} className="linkbutton">
          {t('scan.type')}
        </Link>
      </section>
    </Page>
  );
}
