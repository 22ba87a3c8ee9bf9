import type { VerificationView } from '@tael/api/generated/types.gen';
import { RowContent } from '@tael/ui/row/Row';
import { useTranslation } from 'react-i18next';
import { moment } from '../../lib/moments';
import { usePreferences } from '../../lib/preferences';

export const HIGHEST = 3;
type State = 'draft' | 'in_review' | 'approved' | 'rejected';

/** How well the person is known. */
export function Level({ tier }: { tier: number }) {
  const { t } = useTranslation();
  return (
    <section className="t-card card__form">
      <p className="card__heading">{t('verification.level', { tier })}</p>
      <progress className="level" max={HIGHEST} value={tier} aria-label={t('me.verification')} />
      <p className="t-soft">
        {t(tier < HIGHEST ? 'verification.level_text' : 'verification.best')}
      </p>
    </section>
  );
}

/** What was handed in before, and what became of it. */
export function Earlier({ rows }: { rows: VerificationView[] }) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  if (rows.length === 0) return null;
  return (
    <section className="t-card" aria-labelledby="earlier">
      <h2 id="earlier" className="card__title">
        {t('verification.history')}
      </h2>
      <ul className="t-rows">
        {rows.map(({ id, level, state, created_at, decided_at }) => (
          <li key={id} className="t-row">
            <RowContent
              title={t('verification.row', { level })}
              text={moment(decided_at ?? created_at, language, 'short')}
              end={
                <span className={state === 'approved' ? 'good' : 'bad'}>
                  {t(`verification.state_${state as State}`)}
                </span>
              }
            />
          </li>
        ))}
      </ul>
    </section>
  );
}
