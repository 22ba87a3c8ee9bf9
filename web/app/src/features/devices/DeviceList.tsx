import { deleteV1DevicesById, postV1DevicesByIdRename } from '@tael/api/generated/sdk.gen';
import type { Device } from '@tael/api/generated/types.gen';
import { RowContent } from '@tael/ui/row/Row';
import { Sheet } from '@tael/ui/sheet/Sheet';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ask } from '../../lib/api';
import { FormError } from '../../lib/FormError';
import { moment } from '../../lib/moments';
import { NameForm } from '../../lib/NameForm';
import { usePreferences } from '../../lib/preferences';
import { useErrorText } from '../../lib/problems';
import { proven } from '../../lib/proof/step-up';
import { placesQuery, queries } from '../../lib/queries';
import { devicesQuery } from '../../lib/safety-queries';

const nameOf = ({ name, browser, platform }: Device) =>
  name ?? [browser, platform].filter(Boolean).join(' · ');

/** Phones and computers that were used; one that is gone is forgotten here. */
export function DeviceList({ devices }: { devices: Device[] }) {
  const { t } = useTranslation();
  const errorText = useErrorText();
  const { language } = usePreferences();
  const [naming, setNaming] = useState<Device | null>(null);
  const forget = useMutation({
    mutationFn: (id: string) => proven(() => ask(deleteV1DevicesById({ path: { id } }))),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: devicesQuery.queryKey });
      await queries.invalidateQueries({ queryKey: placesQuery.queryKey });
    },
  });
  return (
    <section className="t-card" aria-labelledby="devices">
      <h2 id="devices" className="card__title">
        {t('devices.title')}
      </h2>
      <ul className="t-rows">
        {devices.map((device) => (
          <li key={device.id} className="t-row">
            <RowContent
              title={nameOf(device)}
              text={t('places.seen', { when: moment(device.last_seen_at, language, 'short') })}
            />
            <button
              type="button"
              className="t-plain"
              aria-label={t('places.rename_named', { name: nameOf(device) })}
              onClick={() => setNaming(device)}
            >
              {t('places.rename')}
            </button>
            {device.is_current ? (
              <span className="good t-small">{t('places.current')}</span>
            ) : (
              <button
                type="button"
                className="t-plain"
                aria-label={t('devices.forget_named', { name: nameOf(device) })}
                disabled={forget.isPending}
                onClick={() => forget.mutate(device.id)}
              >
                {t('devices.forget')}
              </button>
            )}
          </li>
        ))}
      </ul>
      <FormError text={forget.error && errorText(forget.error)} />
      <Sheet
        title={t('places.rename')}
        closeLabel={t('common.close')}
        isOpen={naming !== null}
        onClose={() => setNaming(null)}
      >
        {naming && (
          <NameForm
            name={nameOf(naming)}
            send={(name) =>
              ask(postV1DevicesByIdRename({ path: { id: naming.id }, body: { name } }))
            }
            onDone={async () => {
              await queries.invalidateQueries({ queryKey: devicesQuery.queryKey });
              setNaming(null);
            }}
          />
        )}
      </Sheet>
    </section>
  );
}
