import './cards.css';
import type { CurrencyLimits } from '@tael/api/generated/types.gen';
import { Sheet } from '@tael/ui/sheet/Sheet';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Button } from 'antd-mobile';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { OwnLimits } from '../features/limits/OwnLimits';
import { WindowList } from '../features/limits/WindowList';
import { Loaded } from '../lib/Loaded';
import { Page } from '../lib/Page';
import { limitsQuery } from '../lib/safety-queries';

/** 限额: what may go out in which time, how much of it is used, and one's own, lower ones. */
export function Limits() {
  const { t } = useTranslation();
  const limits = useQuery(limitsQuery);
  const [changing, setChanging] = useState<CurrencyLimits | null>(null);
  const close = () => setChanging(null);
  return (
    <Page title={t('me.limits')} back="/me">
      <p className="t-soft">
        {t('limits.text')} {limits.data && t('limits.tier', { tier: limits.data.tier })}
      </p>
      <Loaded query={limits} lines={6}>
        {({ currencies }) => (
          <>
            {currencies.map((one) => (
              <section key={one.currency} className="t-card" aria-labelledby={one.currency}>
                <h2 id={one.currency} className="card__title">
                  {one.currency}
                </h2>
                <WindowList windows={one.windows} />
                <div className="card__form">
                  <Button block color="primary" fill="outline" onClick={() => setChanging(one)}>
                    {t('limits.change')}
                  </Button>
                </div>
              </section>
            ))}
            <Link to="/me/verification" className="linkrow">
              {t('limits.raise')}
            </Link>
          </>
        )}
      </Loaded>
      <Sheet
        title={t('limits.change')}
        closeLabel={t('common.close')}
        isOpen={changing !== null}
        onClose={close}
      >
        {changing && <OwnLimits {...changing} onDone={close} />}
      </Sheet>
    </Page>
  );
}
