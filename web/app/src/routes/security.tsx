import './cards.css';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { Score } from '../features/security/Score';
import { Loaded } from '../lib/Loaded';
import { Page } from '../lib/Page';
import { securityQuery } from '../lib/safety-queries';

/** 安全中心: how safe it is, and what would make it safer. */
export function Security() {
  const { t } = useTranslation();
  const security = useQuery(securityQuery);
  return (
    <Page title={t('security.title')} back="/me">
      <Loaded query={security} lines={8}>
        {({ score, checklist }) => <Score score={score} checklist={checklist} />}
      </Loaded>
      <Link to="/me/review" className="linkrow">
        {t('review.title')}
      </Link>
    </Page>
  );
}
