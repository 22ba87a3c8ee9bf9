import { RowContent } from '@tael/ui/row/Row';
import { Link } from '@tanstack/react-router';
import { DownlandOutline, EyeOutline, GlobalOutline, LockOutline } from 'antd-mobile-icons';
import { useTranslation } from 'react-i18next';
import { tab } from '../../lib/storage';

const STEPS = [
  { name: 'password', to: '/me/password', icon: LockOutline },
  { name: 'places', to: '/me/places', icon: GlobalOutline },
  { name: 'events', to: '/me/review', icon: EyeOutline },
] as const;

const nameOf = (id: string) => `question.${id}`;

/** Somebody else paid? What to do, one thing after another; what was visited is remembered. */
export function Steps({ id }: { id: string }) {
  const { t } = useTranslation();
  const seen = tab.read<string[]>(nameOf(id)) ?? [];
  return (
    <section className="t-card" aria-labelledby="steps">
      <h2 id="steps" className="card__title">
        {t('question.steps')}
      </h2>
      <ol className="t-rows">
        {STEPS.map(({ name, to, icon: Icon }, at) => (
          <li key={name}>
            <Link
              to={to}
              className="t-row"
              onClick={() => tab.keep(nameOf(id), [...new Set([...seen, name])])}
            >
              <RowContent
                icon={<Icon />}
                title={`${at + 1}. ${t(`question.${name}`)}`}
                text={t(`question.${name}_text`)}
                end={seen.includes(name) && <span className="good">{t('question.seen')}</span>}
                isLink
              />
            </Link>
          </li>
        ))}
        <li className="t-row">
          <RowContent
            icon={<DownlandOutline />}
            title={`${STEPS.length + 1}. ${t('question.receipt')}`}
            text={t('question.receipt_text')}
          />
        </li>
      </ol>
    </section>
  );
}
