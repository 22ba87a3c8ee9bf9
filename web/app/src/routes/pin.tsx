import './cards.css';
import { Result } from '@tael/ui/result/Result';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { Button } from 'antd-mobile';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { PinForm } from '../features/pin/PinForm';
import { Loaded } from '../lib/Loaded';
import { moment } from '../lib/moments';
import { Page } from '../lib/Page';
import { usePreferences } from '../lib/preferences';
import { queries } from '../lib/queries';
import { factorsQuery } from '../lib/safety-queries';

/** 支付密码. */
export function Pin() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { language } = usePreferences();
  const factors = useQuery(factorsQuery);
  const [isLost, setLost] = useState(false);
  const [isDone, setDone] = useState(false);
  const finish = () => {
    setDone(true);
    void queries.invalidateQueries({ queryKey: factorsQuery.queryKey });
  };
  if (isDone) {
    return (
      <Page title={t('me.pin')} back="/me">
        <Result
          state="done"
          title={t('pin.done')}
          text={t('pin.done_text')}
          actions={
            <Button block color="primary" size="large" onClick={() => void navigate({ to: '/me' })}>
              {t('common.done')}
            </Button>
          }
        />
      </Page>
    );
  }
  return (
    <Page title={t('me.pin')} back="/me">
      <p className="t-soft">{t('pin.text')}</p>
      <Loaded query={factors}>
        {({ pin }) => (
          <>
            {pin.locked_until && (
              <p className="bad">
                {t('pin.locked', { time: moment(pin.locked_until, language, 'short') })}
              </p>
            )}
            <PinForm kind={isLost ? 'reset' : pin.is_set ? 'change' : 'set'} onDone={finish} />
            {pin.is_set && (
              <button type="button" className="t-plain" onClick={() => setLost(!isLost)}>
                {t(isLost ? 'pin.known' : 'pin.forgot')}
              </button>
            )}
          </>
        )}
      </Loaded>
    </Page>
  );
}
