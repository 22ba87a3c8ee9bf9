import { postV1Preferences } from '@tael/api/generated/sdk.gen';
import type { PreferencesRequest } from '@tael/api/generated/types.gen';
import { useMutation } from '@tanstack/react-query';
import { ask } from '../../lib/api';
import { queries } from '../../lib/queries';
import { wishesQuery } from '../../lib/safety-queries';

/** Changes what the server keeps; its answer is what is shown from then on. */
export const useWish = () =>
  useMutation({
    mutationFn: (body: PreferencesRequest) => ask(postV1Preferences({ body })),
    onSuccess: (wishes) => queries.setQueryData(wishesQuery.queryKey, wishes),
  });

/** The time zone of this device, for hours of quiet. */
export const zoneHere = () => Intl.DateTimeFormat().resolvedOptions().timeZone;
