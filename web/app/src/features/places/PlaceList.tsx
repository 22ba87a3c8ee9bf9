import { deleteV1SessionsById } from '@tael/api/generated/sdk.gen';
import type { Session } from '@tael/api/generated/types.gen';
import { RowContent } from '@tael/ui/row/Row';
import { Sheet } from '@tael/ui/sheet/Sheet';
import { useMutation } from '@tanstack/react-query';
import { Button } from 'antd-mobile';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ask } from '../../lib/api';
import { deviceName } from '../../lib/device-name';
import { FormError } from '../../lib/FormError';
import { moment } from '../../lib/moments';
import { usePreferences } from '../../lib/preferences';
import { useErrorText } from '../../lib/problems';
import { placesQuery, queries } from '../../lib/queries';

/** Where the person is signed in; any other place can be ended. */
export function PlaceList({ places }: { places: Session[] }) {
  const { t } = useTranslation();
  const errorText = useErrorText();
  const { language } = usePreferences();
  const [ending, setEnding] = useState<Session | null>(null);
  const end = useMutation({
    mutationFn: (id: string) => ask(deleteV1SessionsById({ path: { id } })),
    onSuccess: async () => {
      setEnding(null);
      await queries.invalidateQueries({ queryKey: placesQuery.queryKey });
    },
  });
  return (
    <section className="t-card" aria-labelledby="open-here">
      <h2 id="open-here" className="card__title">
        {t('places.title')}
      </h2>
      <ul className="t-rows">
        {places.map((place) => (
          <li key={place.id} className="t-row">
            <RowContent
              title={deviceName(place.user_agent)}
              text={`${place.address} · ${t('places.seen', {
                when: moment(place.last_seen_at, language, 'short'),
              })}`}
            />
            {place.current ? (
              <span className="good t-small">{t('places.current')}</span>
            ) : (
              <button
                type="button"
                className="t-plain"
                aria-label={t('places.end_named', { name: deviceName(place.user_agent) })}
                onClick={() => {
                  end.reset();
                  setEnding(place);
                }}
              >
                {t('places.end')}
              </button>
            )}
          </li>
        ))}
      </ul>
      <Sheet
        title={t('places.sure')}
        closeLabel={t('common.close')}
        isOpen={ending !== null}
        onClose={() => setEnding(null)}
      >
        {ending && (
          <div className="t-stack">
            <p>
              {deviceName(ending.user_agent)} · {ending.address}
            </p>
            <p className="t-soft">{t('places.sure_text')}</p>
            <FormError text={end.error && errorText(end.error)} />
            <Button
              block
              color="danger"
              size="large"
              loading={end.isPending}
              onClick={() => end.mutate(ending.id)}
            >
              {t('places.end')}
            </Button>
          </div>
        )}
      </Sheet>
    </section>
  );
}
