import './cards.css';
import { Result } from '@tael/ui/result/Result';
import { Empty } from '@tael/ui/states/states';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { Button } from 'antd-mobile';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ReviewForm } from '../features/security/ReviewForm';
import { Loaded } from '../lib/Loaded';
import { Page } from '../lib/Page';
import { reviewQuery } from '../lib/safety-queries';

/** 定期检查: was this you? */
export function Review() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const review = useQuery(reviewQuery);
  const [end, setEnd] = useState<'clean' | 'frozen' | null>(null);
  return (
    <Page title={t('review.title')} back="/me/security">
      {end ? (
        <Result
          state={end === 'clean' ? 'done' : 'waiting'}
          title={t(`review.${end}`)}
          text={t(`review.${end}_text`)}
          actions={
            <Button
              block
              color="primary"
              size="large"
              onClick={() =>
                void navigate({ to: end === 'clean' ? '/me/security' : '/me/password' })
              }
            >
              {t(end === 'clean' ? 'common.done' : 'me.password')}
            </Button>
          }
        />
      ) : (
        <Loaded query={review} lines={8}>
          {({ items }) =>
            items.length === 0 ? (
              <Empty title={t('review.none')} />
            ) : (
              <ReviewForm items={items} onDone={setEnd} />
            )
          }
        </Loaded>
      )}
    </Page>
  );
}
