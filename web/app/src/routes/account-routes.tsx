import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { wallet } from './parents';

const me = createRoute({
  getParentRoute: () => wallet,
  path: '/me',
  component: lazyRouteComponent(() => import('./me'), 'Me'),
});

const token = createRoute({
  getParentRoute: () => wallet,
  path: '/me/token',
  component: lazyRouteComponent(() => import('./token'), 'Token'),
});

const places = createRoute({
  getParentRoute: () => wallet,
  path: '/me/places',
  component: lazyRouteComponent(() => import('./places'), 'Places'),
});

const profile = createRoute({
  getParentRoute: () => wallet,
  path: '/me/profile',
  component: lazyRouteComponent(() => import('./profile'), 'Profile'),
});

const settings = createRoute({
  getParentRoute: () => wallet,
  path: '/me/settings',
  component: lazyRouteComponent(() => import('./settings'), 'Settings'),
});

const password = createRoute({
  getParentRoute: () => wallet,
  path: '/me/password',
  component: lazyRouteComponent(() => import('./password'), 'ChangePassword'),
});

const pin = createRoute({
  getParentRoute: () => wallet,
  path: '/me/pin',
  component: lazyRouteComponent(() => import('./pin'), 'Pin'),
});

const twoStep = createRoute({
  getParentRoute: () => wallet,
  path: '/me/two-step',
  component: lazyRouteComponent(() => import('./two-step'), 'TwoStep'),
});

const security = createRoute({
  getParentRoute: () => wallet,
  path: '/me/security',
  component: lazyRouteComponent(() => import('./security'), 'Security'),
});

const review = createRoute({
  getParentRoute: () => wallet,
  path: '/me/review',
  component: lazyRouteComponent(() => import('./review'), 'Review'),
});

const closing = createRoute({
  getParentRoute: () => wallet,
  path: '/me/closing',
  component: lazyRouteComponent(() => import('./closing'), 'Closing'),
});

const passkeys = createRoute({
  getParentRoute: () => wallet,
  path: '/me/passkeys',
  component: lazyRouteComponent(() => import('./passkeys'), 'Passkeys'),
});

const limits = createRoute({
  getParentRoute: () => wallet,
  path: '/me/limits',
  component: lazyRouteComponent(() => import('./limits'), 'Limits'),
});

const freeze = createRoute({
  getParentRoute: () => wallet,
  path: '/me/freeze',
  component: lazyRouteComponent(() => import('./freeze'), 'Freeze'),
});

const verification = createRoute({
  getParentRoute: () => wallet,
  path: '/me/verification',
  component: lazyRouteComponent(() => import('./verification'), 'Verification'),
});

const messages = createRoute({
  getParentRoute: () => wallet,
  path: '/me/messages',
  component: lazyRouteComponent(() => import('./messages'), 'MessageWishes'),
});

const programs = createRoute({
  getParentRoute: () => wallet,
  path: '/me/programs',
  component: lazyRouteComponent(() => import('./programs'), 'Programs'),
});

const programNew = createRoute({
  getParentRoute: () => wallet,
  path: '/me/programs/new',
  component: lazyRouteComponent(() => import('./program-new'), 'ProgramNew'),
});

const program = createRoute({
  getParentRoute: () => wallet,
  path: '/me/programs/$id',
  component: lazyRouteComponent(() => import('./program'), 'Program'),
});

const activity = createRoute({
  getParentRoute: () => wallet,
  path: '/me/activity',
  component: lazyRouteComponent(() => import('./activity'), 'Activity'),
});

/** Me, and everything about the account and its safety. */
export const accountRoutes = [
  me,
  token,
  places,
  profile,
  settings,
  password,
  pin,
  twoStep,
  passkeys,
  limits,
  freeze,
  verification,
  messages,
  activity,
  programs,
  programNew,
  program,
  security,
  review,
  closing,
] as const;
