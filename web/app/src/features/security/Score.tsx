import { RowContent } from '@tael/ui/row/Row';
import { Link } from '@tanstack/react-router';
import { CheckCircleFill, ExclamationCircleOutline } from 'antd-mobile-icons';
import i18next from 'i18next';
import { useTranslation } from 'react-i18next';

type Check = { code: string; is_done: boolean; points: number };

const RADIUS = 44;
const ROUND = 2 * Math.PI * RADIUS;

/** Where each piece of advice is followed. */
const PLACES: Record<string, string> = {
  two_steps: '/me/two-step',
  strong_password: '/me/password',
  security_token: '/me/token',
  two_contacts: '/me/profile',
  identity: '/me/verification',
  reviewed: '/me/review',
};

/** How safe the wallet is, and what would make it safer. */
export function Score({ score, checklist }: { score: number; checklist: Check[] }) {
  const { t } = useTranslation();
  const wordsOf = (code: string) => {
    const known = `security.do_${code}`;
    return i18next.exists(known) ? t(known as 'security.title') : code;
  };
  return (
    <>
      <section className="t-card score">
        <svg className="score__ring" viewBox="0 0 100 100" role="img" aria-label={String(score)}>
          <circle className="score__ground" cx="50" cy="50" r={RADIUS} />
          <circle
            className="score__part"
            cx="50"
            cy="50"
            r={RADIUS}
            strokeDasharray={`${(ROUND * score) / 100} ${ROUND}`}
            transform="rotate(-90 50 50)"
          />
          <text x="50" y="50">
            {score}
          </text>
        </svg>
        <div>
          <p className="card__heading">
            {t(score >= 80 ? 'security.good' : score >= 50 ? 'security.fair' : 'security.poor')}
          </p>
          <p className="t-soft t-small">{t('security.score_text')}</p>
        </div>
      </section>
      <section className="t-card" aria-labelledby="checklist">
        <h2 id="checklist" className="card__title">
          {t('security.checklist')}
        </h2>
        <div className="t-rows">
          {checklist.map(({ code, is_done, points }) => {
            const content = (
              <RowContent
                key={code}
                icon={is_done ? <CheckCircleFill /> : <ExclamationCircleOutline />}
                title={wordsOf(code)}
                end={
                  <span className={is_done ? 'good' : 'bad'}>
                    {is_done ? t('security.done') : t('security.points', { count: points })}
                  </span>
                }
                isLink={!is_done && code in PLACES}
              />
            );
            const to = PLACES[code];
            return to && !is_done ? (
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
    </>
  );
}
