import { useMutation } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Button } from 'antd-mobile';
import { useTranslation } from 'react-i18next';
import { FormError } from '../../lib/FormError';
import { hasPasskeys, usePasskeyErrorText } from '../../lib/proof/passkey';
import { signInByPasskey } from './signIn';

/** A passkey, another device, and the ways back for those who lost their password. */
export function OtherWays({ onDone }: { onDone: () => void }) {
  const { t } = useTranslation();
  const errorText = usePasskeyErrorText();
  const open = useMutation({ mutationFn: signInByPasskey, onSuccess: onDone });
  return (
    <div className="entrance__form">
      {hasPasskeys() && (
        <>
          <FormError text={open.error && errorText(open.error)} />
          <Button block size="large" loading={open.isPending} onClick={() => open.mutate()}>
            {t('sign_in.by_passkey')}
          </Button>
        </>
      )}
      <Link to="/sign-in/code" className="entrance__other">
        {t('sign_in.by_code')}
      </Link>
      <p className="entrance__bar">
        <Link to="/recover" search={{}}>
          {t('sign_in.forgot')}
        </Link>
        <Link to="/recover" search={{ find: true }}>
          {t('sign_in.lost')}
        </Link>
      </p>
      <Link to="/freeze" className="entrance__other">
        {t('freeze.lost_phone')}
      </Link>
    </div>
  );
}
