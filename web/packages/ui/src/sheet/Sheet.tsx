import './Sheet.css';
import { CloseOutline } from 'antd-mobile-icons';
import { type ReactNode, useEffect, useId, useRef } from 'react';

type Props = {
  title: string;
  closeLabel: string;
  isOpen: boolean;
  onClose: () => void;
  children: ReactNode;
};

/** A sheet from below (a dialog on wide screens). The browser keeps the focus inside. */
export function Sheet({ title, closeLabel, isOpen, onClose, children }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    const element = dialog.current;
    if (isOpen && !element?.open) {
      element?.showModal();
      element?.querySelector('input')?.focus();
    }
    if (!isOpen && element?.open) element.close();
  }, [isOpen]);
  return (
    <dialog
      ref={dialog}
      className="t-sheet"
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      // A browser may insist on closing it.
      onClose={() => isOpen && onClose()}
    >
      {isOpen && (
        <>
          <header className="t-sheet__head">
            <h2 id={id} className="t-sheet__title">
              {title}
            </h2>
            <button type="button" className="t-plain" aria-label={closeLabel} onClick={onClose}>
              <CloseOutline fontSize={20} />
            </button>
          </header>
          <div className="t-sheet__body">{children}</div>
        </>
      )}
    </dialog>
  );
}
