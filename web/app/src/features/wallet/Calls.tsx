import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { ClockCircleOutline, KeyOutline } from 'antd-mobile-icons';
import { useTranslation } from 'react-i18next';
import { keptIntent } from '../../lib/intent';
import { tokensQuery } from '../../lib/queries';

/** What wants to be done first: a payment whose end is not known, a Token to get. */
export function Calls() {
  const { t } = useTranslation();
  const tokens = useQuery(tokensQuery);
  const isPaying = keptIntent('transfer')?.sentAt !== undefined;
  const needsToken = tokens.data && !tokens.data.data.some((token) => token.state === 'active');
  return (
    <>
      {isPaying && (
        <Link to="/transfer" search={{}} className="call">
          <ClockCircleOutline className="call__icon" aria-hidden="true" />
          <span>
            <span className="call__title">{t('home.paying')}</span>
            <span className="t-soft t-small">{t('home.paying_text')}</span>
          </span>
        </Link>
      )}
      {needsToken && (
        <Link to="/me/token" className="call">
          <KeyOutline className="call__icon" aria-hidden="true" />
          <span>
            <span className="call__title">{t('home.no_token')}</span>
            <span className="t-soft t-small">{t('home.no_token_text')}</span>
          </span>
        </Link>
      )}
    </>
  );
}
