import { postV1FreezesByIdLift } from '@tael/api/generated/sdk.gen';
import type { Freeze } from '@tael/api/generated/types.gen';
import { RowContent } from '@tael/ui/row/Row';
import { useMutation } from '@tanstack/react-query';
import { LockOutline, UnlockOutline } from 'antd-mobile-icons';
import { useTranslation } from 'react-i18next';
import { ask } from '../../lib/api';
import { FormError } from '../../lib/FormError';
import { moment } from '../../lib/moments';
import { usePreferences } from '../../lib/preferences';
import { useErrorText } from '../../lib/problems';
import { proven } from '../../lib/proof/step-up';
import { KINDS, refreshFreezes } from './freezes';

type By = 'self' | 'rule' | 'operator' | 'legal';

/** What stops the money now; one's own is lifted with a fresh proof. */
export function FreezeList({ freezes }: { freezes: Freeze[] }) {
  const { t } = useTranslation();
  const errorText = useErrorText();
  const { language } = usePreferences();
  const lift = useMutation({
    mutationFn: (id: string) => proven(() => ask(postV1FreezesByIdLift({ path: { id } }))),
    onSuccess: refreshFreezes,
  });
  if (freezes.length === 0) return null;
  const isOwn = freezes.some(({ by }) => by === 'self');
  return (
    <section className="t-card" aria-labelledby="frozen">
      <h2 id="frozen" className="card__title bad">
        {t('freeze.frozen')}
      </h2>
      <ul className="t-rows">
        {freezes.map(({ id, kind, by, created_at }) => {
          const words = t(KINDS[kind as 'debit']);
          return (
            <li key={id} className="t-row">
              <RowContent
                icon={<LockOutline />}
                title={words}
                text={`${t(`freeze.by_${by as By}`)} · ${moment(created_at, language, 'short')}`}
              />
              {by === 'self' && (
                <button
                  type="button"
                  className="t-plain"
                  aria-label={t('freeze.lift_named', { kind: words })}
                  disabled={lift.isPending}
                  onClick={() => lift.mutate(id)}
                >
                  {t('freeze.lift')}
                </button>
              )}
            </li>
          );
        })}
      </ul>
      <p className="card__text">{t(isOwn ? 'freeze.lift_text' : 'freeze.others')}</p>
      <div className="card__text">
        <FormError text={lift.error && errorText(lift.error)} />
      </div>
    </section>
  );
}

/** Freezes that are over. */
export function PastFreezes({ freezes }: { freezes: Freeze[] }) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  if (freezes.length === 0) return null;
  return (
    <section className="t-card" aria-labelledby="past">
      <h2 id="past" className="card__title">
        {t('freeze.past')}
      </h2>
      <ul className="t-rows">
        {freezes.map(({ id, kind, by, lifted_at }) => (
          <li key={id} className="t-row">
            <RowContent
              icon={<UnlockOutline />}
              title={t(KINDS[kind as 'debit'])}
              text={`${t(`freeze.by_${by as By}`)} · ${t('freeze.lifted', {
                when: moment(lifted_at ?? '', language, 'short'),
              })}`}
            />
          </li>
        ))}
      </ul>
    </section>
  );
}
