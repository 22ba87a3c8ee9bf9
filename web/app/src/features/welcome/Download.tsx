import { Button } from 'antd-mobile';
import { QRCodeSVG } from 'qrcode.react';
import { useTranslation } from 'react-i18next';
import { useInstall } from '../../lib/install';

/** How to get the app onto a phone or a computer. */
export function Download() {
  const { t } = useTranslation();
  const install = useInstall();
  return (
    <section className="t-card welcome__get" aria-labelledby="get">
      <div>
        <h2 id="get">{t('welcome.get')}</h2>
        <ul className="welcome__steps">
          <li>{t('welcome.get_phone')}</li>
          <li>{t('welcome.get_iphone')}</li>
          <li>{t('welcome.get_computer')}</li>
        </ul>
        {install && (
          <p className="welcome__steps">
            <Button color="primary" onClick={install}>
              {t('welcome.install')}
            </Button>
          </p>
        )}
      </div>
      <div className="welcome__code">
        <QRCodeSVG value={window.location.origin} title={t('welcome.code')} />
        <span className="t-soft t-small">{t('welcome.code')}</span>
      </div>
    </section>
  );
}
