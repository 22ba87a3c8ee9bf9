import '../lib/entrance.css';
import { postV1NoticesRepudiate } from '@tael/api/generated/sdk.gen';
import { Result } from '@tael/ui/result/Result';
import { useMutation } from '@tanstack/react-query';
import { useNavigate, useRouterState } from '@tanstack/react-router';
import { Button } from 'antd-mobile';
import { useTranslation } from 'react-i18next';
import { ask } from '../lib/api';
import { Entrance } from '../lib/Entrance';
import { FormError } from '../lib/FormError';
import { useErrorText } from '../lib/problems';

/** From the link of a notice, without signing in: stop everything now, sort it out later. */
export function NotMe() {
  const { t } = useTranslation();
  const errorText = useErrorText();
  const navigate = useNavigate();
  const token = useRouterState({ select: (state) => state.location.hash });
  const stop = useMutation({
    mutationFn: () => ask(postV1NoticesRepudiate({ body: { token } })),
  });
  if (stop.data) {
    return (
      <main className="entrance">
        <Result
          state="done"
          title={t('not_me.done')}
          text={t(`not_me.${stop.data.state as 'frozen'}`)}
          actions={
            <Button
              block
              color="primary"
              size="large"
              onClick={() => void navigate({ to: '/recover', search: {} })}
            >
              {t('not_me.next')}
            </Button>
          }
        />
      </main>
    );
  }
  return (
    <Entrance title={t('not_me.title')}>
      <p>{t('not_me.text')}</p>
      <FormError text={token === '' ? t('not_me.no_link') : stop.error && errorText(stop.error)} />
      <Button
        block
        color="danger"
        size="large"
        disabled={token === ''}
        loading={stop.isPending}
        onClick={() => stop.mutate()}
      >
        {t('not_me.stop')}
      </Button>
    </Entrance>
  );
}
