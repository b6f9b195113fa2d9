-- licences without their organization or claim
SELECT l.organization_id AS id FROM licences l
LEFT JOIN organizations o ON o.id = l.organization_id
LEFT JOIN licence_claims c ON c.jti = l.jti
	AND c.organization_id = l.organization_id
WHERE o.id IS NULL OR c.jti IS NULL;
