import './scan.css';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { codeIn, newDetector } from './detector';

/** Between two looks at the picture of the camera, in milliseconds. */
const PAUSE = 200;

/** Looks through the camera until a code is seen. */
export function Camera({ onText }: { onText: (text: string) => void }) {
  const { t } = useTranslation();
  const video = useRef<HTMLVideoElement>(null);
  const [state, setState] = useState<'starting' | 'looking' | 'none'>('starting');
  const tell = useRef(onText);
  tell.current = onText;
  useEffect(() => {
    let isLeft = false;
    let stream: MediaStream | undefined;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const stop = () => {
      isLeft = true;
      clearTimeout(timer);
      for (const track of stream?.getTracks() ?? []) track.stop();
    };
    const start = async () => {
      const facing = { video: { facingMode: 'environment' } };
      stream = await navigator.mediaDevices.getUserMedia(facing);
      const detector = await newDetector();
      const element = video.current;
      if (isLeft || !element) return stop();
      element.srcObject = stream;
      await element.play();
      setState('looking');
      const look = async () => {
        const text = await codeIn(detector, element).catch(() => null);
        if (isLeft) return;
        if (text !== null) {
          stop();
          tell.current(text);
        } else timer = setTimeout(() => void look(), PAUSE);
      };
      void look();
    };
    // No camera, or it was not allowed: there are other ways below.
    start().catch(() => !isLeft && setState('none'));
    return stop;
  }, []);
  return (
    <div className="camera">
      <video
        ref={video}
        className="camera__picture"
        muted
        playsInline
        aria-label={t('scan.camera')}
      />
      {state === 'looking' && <span className="camera__frame" aria-hidden="true" />}
      <p className="camera__words" role="status">
        {t(`scan.${state}`)}
      </p>
    </div>
  );
}
