import { getV1SecurityAccessLog, getV1SecurityEvents } from '@tael/api/generated/sdk.gen';
import type { SecurityEvent } from '@tael/api/generated/types.gen';
import { RowContent } from '@tael/ui/row/Row';
import { Empty, ListEnd } from '@tael/ui/states/states';
import { useInfiniteQuery } from '@tanstack/react-query';
import { Button } from 'antd-mobile';
import i18next from 'i18next';
import { useTranslation } from 'react-i18next';
import { ask } from '../../lib/api';
import { Loaded } from '../../lib/Loaded';
import { moment } from '../../lib/moments';
import { usePreferences } from '../../lib/preferences';

export type About = 'events' | 'access';
const PAGE = 30;

/** What happened around the wallet, or who looked at it; newest first. */
export function EventList({ about }: { about: About }) {
  const { t } = useTranslation();
  const list = useInfiniteQuery({
    queryKey: ['security', 'log', about],
    queryFn: ({ pageParam }) => {
      const query = { limit: PAGE, ...(pageParam ? { after: pageParam } : {}) };
      return about === 'events'
        ? ask(getV1SecurityEvents({ query }))
        : ask(getV1SecurityAccessLog({ query }));
    },
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next ?? undefined,
  });
  return (
    <>
      <p className="t-soft">{t(`activity.${about}_text`)}</p>
      <Loaded query={list} lines={6}>
        {({ pages }) => {
          const events = pages.flatMap((page) => page.data);
          if (events.length === 0) return <Empty title={t(`activity.${about}_none`)} />;
          return (
            <>
              <ul className="t-card t-rows">
                {events.map((event) => (
                  <li key={event.id} className="t-row">
                    <Event {...event} />
                  </li>
                ))}
              </ul>
              {list.hasNextPage ? (
                <Button
                  block
                  loading={list.isFetchingNextPage}
                  onClick={() => void list.fetchNextPage()}
                >
                  {t('common.more')}
                </Button>
              ) : (
                <ListEnd label={t('records.end')} />
              )}
            </>
          );
        }}
      </Loaded>
    </>
  );
}

type Actor = 'me' | 'operator' | 'system' | 'nobody';

function Event({ action, actor, at, device, network }: SecurityEvent) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const known = `audit.${action}`;
  const where = [device, network].filter(Boolean).join(' · ');
  return (
    <RowContent
      title={i18next.exists(known) ? t(known as 'audit.session_opened') : action}
      text={[t(`activity.by_${actor as Actor}`), where].filter(Boolean).join(' · ')}
      end={<span className="t-soft t-small">{moment(at, language, 'short')}</span>}
    />
  );
}
