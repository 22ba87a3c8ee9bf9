import { getV1SecurityTokensByIdHistory } from '@tael/api/generated/sdk.gen';
import { RowContent } from '@tael/ui/row/Row';
import { ListEnd } from '@tael/ui/states/states';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { ask } from '../../lib/api';
import { Loaded } from '../../lib/Loaded';
import { moment } from '../../lib/moments';
import { usePreferences } from '../../lib/preferences';

type Event =
  | 'requested'
  | 'activated'
  | 'renamed'
  | 'blocked'
  | 'blocked_by_tries'
  | 'unblocked'
  | 'replaced'
  | 'canceled';

/** What happened with one Token. */
export function Past({ id }: { id: string }) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const past = useQuery({
    queryKey: ['tokens', 'history', id],
    queryFn: () => ask(getV1SecurityTokensByIdHistory({ path: { id } })),
    staleTime: 0,
  });
  return (
    <Loaded query={past} lines={3}>
      {({ data }) => (
        <>
          <ul className="t-rows">
            {data.map(({ at, event, device }) => (
              <li key={`${at} ${event}`} className="t-row">
                <RowContent
                  title={t(`token.event_${event as Event}`)}
                  text={[moment(at, language, 'full'), device].filter(Boolean).join(' · ')}
                />
              </li>
            ))}
          </ul>
          <ListEnd label={t('records.end')} />
        </>
      )}
    </Loaded>
  );
}
