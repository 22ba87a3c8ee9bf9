import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';

/** Another device, and the ways back for those who lost their password. */
export function OtherWays() {
  const { t } = useTranslation();
  return (
    <div className="entrance__form">
      <p className="entrance__bar">
        <Link to="/recover" search={{}}>
          {t('sign_in.forgot')}
        </Link>
        <Link to="/recover" search={{ find: true }}>
          {t('sign_in.lost')}
        </Link>
      </p>
      <Link to="/sign-in/code" className="entrance__other">
        {t('sign_in.by_code')}
      </Link>
    </div>
  );
}
