import '../lib/entrance.css';
import { Result } from '@tael/ui/result/Result';
import { useNavigate } from '@tanstack/react-router';
import { Button } from 'antd-mobile';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { WithoutSignIn } from '../features/freeze/WithoutSignIn';
import { Entrance } from '../lib/Entrance';

/** 紧急冻结 without signing in. */
export function FreezeOpen() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const [isDone, setDone] = useState(false);
  if (isDone) {
    return (
      <main className="entrance">
        <Result
          state="done"
          title={t('freeze.open_done')}
          text={t('freeze.open_done_text')}
          actions={
            <Button
              block
              color="primary"
              size="large"
              onClick={() => void navigate({ to: '/sign-in', search: {} })}
            >
              {t('sign_in.submit')}
            </Button>
          }
        />
      </main>
    );
  }
  return (
    <Entrance title={t('freeze.open_title')}>
      <WithoutSignIn onDone={() => setDone(true)} />
    </Entrance>
  );
}
