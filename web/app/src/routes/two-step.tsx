import './cards.css';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { NewCodes, RecoveryCodes } from '../features/factors/RecoveryCodes';
import { Sms } from '../features/factors/Sms';
import { Totp } from '../features/factors/Totp';
import { Loaded } from '../lib/Loaded';
import { Page } from '../lib/Page';
import { factorsQuery } from '../lib/safety-queries';

/** 双重验证: what stands beside the password. */
export function TwoStep() {
  const { t } = useTranslation();
  const factors = useQuery(factorsQuery);
  const [codes, setCodes] = useState<string[]>([]);
  return (
    <Page title={t('me.two_step')} back="/me">
      {codes.length > 0 && <NewCodes codes={codes} onDone={() => setCodes([])} />}
      <Loaded query={factors} lines={8}>
        {({ totp, sms, recovery_codes, two_step_enabled }) => (
          <>
            <Totp isActive={totp.state === 'active'} onCodes={setCodes} />
            <Sms isOn={sms.is_enabled} to={sms.to ?? null} />
            {two_step_enabled && codes.length === 0 && (
              <RecoveryCodes left={recovery_codes.left} onCodes={setCodes} />
            )}
          </>
        )}
      </Loaded>
    </Page>
  );
}
