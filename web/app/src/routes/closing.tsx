import './cards.css';
import { deleteV1Closing } from '@tael/api/generated/sdk.gen';
import { Result } from '@tael/ui/result/Result';
import { RowContent } from '@tael/ui/row/Row';
import { useMutation, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Button } from 'antd-mobile';
import { CloseCircleFill } from 'antd-mobile-icons';
import i18next from 'i18next';
import { useTranslation } from 'react-i18next';
import { ClosingForm } from '../features/closing/ClosingForm';
import { ask } from '../lib/api';
import { FormError } from '../lib/FormError';
import { Loaded } from '../lib/Loaded';
import { moment } from '../lib/moments';
import { Page } from '../lib/Page';
import { usePreferences } from '../lib/preferences';
import { useErrorText } from '../lib/problems';
import { queries } from '../lib/queries';
import { closingQuery } from '../lib/safety-queries';

const refresh = () => queries.invalidateQueries({ queryKey: closingQuery.queryKey });
/** Where an obstacle is cleared away. */
const PLACES: Record<string, string> = {
  balance: '/transfer',
  hold: '/records',
};

/** 注销账户: what stands in the way, all at once; then a while in which it can be called off. */
export function Closing() {
  const { t } = useTranslation();
  const errorText = useErrorText();
  const { language } = usePreferences();
  const closing = useQuery(closingQuery);
  const cancel = useMutation({
    mutationFn: () => ask(deleteV1Closing()),
    onSuccess: refresh,
  });
  const wordsOf = (code: string, detail: string) => {
    const known = `closing.is_${code}`;
    return i18next.exists(known) ? t(known as 'closing.text') : detail;
  };
  return (
    <Page title={t('me.closing')} back="/me">
      <Loaded query={closing}>
        {({ state, obstacles, closes_at }) =>
          state === 'cooling_off' ? (
            <Result
              state="waiting"
              title={t('closing.waiting')}
              text={t('closing.until', { time: moment(closes_at ?? '', language, 'full') })}
              actions={
                <>
                  <FormError text={cancel.error && errorText(cancel.error)} />
                  <Button
                    block
                    color="primary"
                    size="large"
                    loading={cancel.isPending}
                    onClick={() => cancel.mutate()}
                  >
                    {t('closing.keep')}
                  </Button>
                </>
              }
            />
          ) : obstacles.length > 0 ? (
            <section className="t-card" aria-labelledby="obstacles">
              <h2 id="obstacles" className="card__title">
                {t('closing.obstacles')}
              </h2>
              <div className="t-rows">
                {obstacles.map(({ code, detail }) => {
                  const to = PLACES[code];
                  const content = (
                    <RowContent
                      key={code}
                      icon={<CloseCircleFill />}
                      title={wordsOf(code, detail)}
                      isLink={to !== undefined}
                    />
                  );
                  return to ? (
                    <Link key={code} to={to} className="t-row">
                      {content}
                    </Link>
                  ) : (
                    <div key={code} className="t-row">
                      {content}
                    </div>
                  );
                })}
              </div>
            </section>
          ) : (
            <ClosingForm onDone={() => void refresh()} />
          )
        }
      </Loaded>
    </Page>
  );
}
