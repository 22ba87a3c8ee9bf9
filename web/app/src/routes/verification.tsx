import './cards.css';
import { Result } from '@tael/ui/result/Result';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { ClaimForm } from '../features/verification/ClaimForm';
import { Files } from '../features/verification/Files';
import { Earlier, HIGHEST, Level } from '../features/verification/Level';
import { Loaded } from '../lib/Loaded';
import { Page } from '../lib/Page';
import { verificationsQuery } from '../lib/safety-queries';

/** 身份认证: how well we know you, and handing in a document for more. */
export function Verification() {
  const { t } = useTranslation();
  const verifications = useQuery(verificationsQuery);
  return (
    <Page title={t('me.verification')} back="/me">
      <Loaded query={verifications} lines={6}>
        {({ tier, rows }) => {
          const [newest] = rows;
          const draft = newest?.state === 'draft' ? newest : null;
          const isWaiting = newest?.state === 'in_review';
          return (
            <>
              <Level tier={tier} />
              {newest?.state === 'rejected' && (
                <p className="bad" role="status">
                  {t('verification.rejected_text')}
                </p>
              )}
              {draft && <Files draft={draft} />}
              {isWaiting && (
                <section className="t-card">
                  <Result
                    state="waiting"
                    level={2}
                    title={t('verification.in_review')}
                    text={t('verification.in_review_text')}
                  />
                </section>
              )}
              {!draft && !isWaiting && tier < HIGHEST && <ClaimForm tier={tier} />}
              <Earlier
                rows={rows.filter(({ state }) => state !== 'draft' && state !== 'in_review')}
              />
            </>
          );
        }}
      </Loaded>
    </Page>
  );
}
