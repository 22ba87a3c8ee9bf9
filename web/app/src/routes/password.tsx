import './cards.css';
import { Result } from '@tael/ui/result/Result';
import { useNavigate } from '@tanstack/react-router';
import { Button } from 'antd-mobile';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ChangeForm } from '../features/password/ChangeForm';
import { Page } from '../lib/Page';
import { queries } from '../lib/queries';

/** 修改登录密码. */
export function ChangePassword() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const [isDone, setDone] = useState(false);
  return (
    <Page title={t('me.password')} back="/me">
      {isDone ? (
        <Result
          state="done"
          title={t('password.done')}
          text={t('password.done_text')}
          actions={
            <Button block color="primary" size="large" onClick={() => void navigate({ to: '/me' })}>
              {t('common.done')}
            </Button>
          }
        />
      ) : (
        <ChangeForm
          onDone={() => {
            setDone(true);
            void queries.invalidateQueries();
          }}
        />
      )}
    </Page>
  );
}
