import './form-error.css';

/** Why a form was not taken, next to the button that sent it; announced when it appears. */
export function FormError({ text }: { text: string | null }) {
  return (
    <div className="form-alert" role="alert">
      {text && <p className="form-error">{text}</p>}
    </div>
  );
}
